# SPDX-License-Identifier: Apache-2.0
"""Sound beside libsamplerate: instructions for a period of 10 ms."""
from lib import TOP, Figure, instructions_each, program, row


def thousand(what, hz):
    return instructions_each([program("dsp"), what, hz], 20, 60) / 1000


@row("sound", "from the microphone's rate to 16 kHz, and the whole capture chain, beside libsamplerate")
def sound(bench):
    fast = thousand("fast", 48000)
    yield Figure("48 kHz to 16 kHz, a period", thousand("decimate", 48000), "k instr", peer=("SINC_FASTEST", fast),
                 note=f"SINC_MEDIUM {thousand('medium', 48000):,.0f}, SINC_BEST {thousand('best', 48000):,.0f}")
    yield Figure("44.1 kHz to 16 kHz, a period", thousand("rate", 44100), "k instr",
                 peer=("SINC_FASTEST", thousand("fast", 44100)))
    yield Figure("capture chain at 48 kHz, a period", thousand("chain", 48000), "k instr", target="<= 500")
    yield Figure("capture chain at 44.1 kHz, a period", thousand("chain", 44100), "k instr", target="<= 500")
    yield Figure("capture chain at 16 kHz, a period", thousand("chain", 16000), "k instr", target="<= 500")
    if (TOP / "build/models/silero_vad_v6.onnx").exists():  # tools/deps weights
        yield Figure("voice network, a period while a sentence is taken", thousand("voice", 16000) / 3.2, "k instr",
                     target="<= 150")
    if (TOP / "build/models/speech_embedding_v1.onnx").exists():
        yield Figure("speech embedding, a step of 80 ms", thousand("embedding", 16000), "k instr", target="<= 6,800")
