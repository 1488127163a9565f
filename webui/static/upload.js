// A large file to the box, sent as it is, with how much of it has arrived. [data-upload] names the address.
document.querySelectorAll("[data-upload]").forEach((place) => {
  const headers = JSON.parse(document.body.getAttribute("hx-headers"));
  const bar = place.querySelector("progress");
  const says = place.querySelector(".says");
  const input = place.querySelector("input[type=file]");
  const say = (words, bad) => {
    says.textContent = words;
    says.classList.toggle("bad", Boolean(bad));
  };

  const failed = () => {
    bar.hidden = true;
    input.disabled = false;
    input.value = "";
    say(place.dataset.failed, true);
  };

  const answered = (request) => {
    if (request.status === 401) return location.reload();
    let answer;
    try {
      answer = JSON.parse(request.responseText);
    } catch {
      return failed();
    }
    if (request.status === 200) {
      if (location.pathname === answer.next.split("#")[0]) return location.reload();
      return location.assign(answer.next);
    }
    failed();
    say(answer.message || place.dataset.failed, true);
  };

  input.addEventListener("change", () => {
    if (!input.files.length) return;
    const request = new XMLHttpRequest();
    request.open("POST", place.dataset.upload);
    Object.entries({ ...headers, "Content-Type": "application/octet-stream", Accept: "application/json" }).forEach(([name, value]) =>
      request.setRequestHeader(name, value));
    request.upload.addEventListener("progress", (event) => {
      if (!event.lengthComputable) return;
      const percent = Math.floor((100 * event.loaded) / event.total);
      bar.value = percent;
      say(percent < 100 ? place.dataset.sending.replace("{percent}", percent) : place.dataset.looking);
    });
    request.addEventListener("load", () => answered(request));
    request.addEventListener("error", failed);
    request.addEventListener("abort", failed);
    bar.hidden = false;
    input.disabled = true;
    request.send(input.files[0]);
  });
});
