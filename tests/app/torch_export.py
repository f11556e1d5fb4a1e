"""Loads an exported safetensors file into torch.nn.LSTM / GRU and compares logits.

    python3 torch_export.py MODEL.safetensors EXPECTED.json

EXPECTED holds cell, steps, batch, tokens [T*B] and the logits [T*B*V] Bitloom computed from zero
states. Exit code 1 if a logit differs by more than 1e-5 of the largest, 77 without PyTorch.
"""
import json
import struct
import sys

try:
    import torch
except ImportError:
    sys.exit(77)


def read(path):
    with open(path, "rb") as f:
        header = json.loads(f.read(struct.unpack("<Q", f.read(8))[0]))
        data = f.read()
    header.pop("__metadata__", None)
    tensors = {}
    for name, entry in header.items():
        first, last = entry["data_offsets"]
        flat = torch.frombuffer(bytearray(data[first:last]), dtype=torch.float32)
        tensors[name] = flat.reshape(entry["shape"])
    return tensors


tensors = read(sys.argv[1])
expected = json.load(open(sys.argv[2]))
vocabulary, hidden = tensors["decoder.weight"].shape
first = tensors["rnn.weight_ih_l0"].shape[1]
layers = sum(name.startswith("rnn.weight_hh_l") for name in tensors)
kind = torch.nn.LSTM if expected["cell"] == "lstm" else torch.nn.GRU
rnn = kind(first, hidden, num_layers=layers)
rnn.load_state_dict({name[4:]: t for name, t in tensors.items() if name.startswith("rnn.")})
decoder = torch.nn.Linear(hidden, vocabulary)
decoder.load_state_dict({n: tensors["decoder." + n] for n in ("weight", "bias")})

tokens = torch.tensor(expected["tokens"]).reshape(expected["steps"], expected["batch"])
if "encoder.weight" in tensors:
    inputs = tensors["encoder.weight"][tokens]
else:
    inputs = torch.nn.functional.one_hot(tokens, first).float()
with torch.no_grad():
    logits = decoder(rnn(inputs)[0]).flatten()
wanted = torch.tensor(expected["logits"])
worst = float((logits - wanted).abs().max() / wanted.abs().max().clamp(min=1))
print(f"largest difference {worst:.2e}")
sys.exit(worst > 1e-5)
