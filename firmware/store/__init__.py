"""What the box remembers: the event log and the call records derived from it.

`database` opens and migrates, `writer` appends, `derive` is the pure step from events to record, `records`
answers questions, `repair` closes what a power cut left open. No audio, no HTML, no decisions about calls.
"""
