from pydub.audio_segment import AudioSegment as AudioSegment
