from typing import Any

class StorageView:
    @staticmethod
    def from_array(array: Any) -> StorageView: ...
