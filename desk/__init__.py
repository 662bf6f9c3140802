"""HTTP: health now; REST, WebSocket and reports later."""
