"""Voicemail: callers leave messages in boxes; they are heard by handset or page, and sent by mail (语音信箱)."""
