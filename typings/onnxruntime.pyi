from typing import Any

class SessionOptions:
    intra_op_num_threads: int
    inter_op_num_threads: int

class InferenceSession:
    def __init__(self, path: str, sess_options: SessionOptions = ..., providers: list[str] = ...) -> None: ...
    def run(self, names: list[str] | None, inputs: dict[str, Any]) -> list[Any]: ...
