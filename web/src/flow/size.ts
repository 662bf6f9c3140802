// The size of a node on the canvas; the style sheet and the layout agree on these numbers.

export const NODE_WIDTH = 232;
export const HEAD_HEIGHT = 56;
export const PORT_HEIGHT = 24;
export const FOOT_HEIGHT = 8;

export function nodeHeight(exits: number): number {
  return HEAD_HEIGHT + exits * PORT_HEIGHT + FOOT_HEIGHT;
}

/** From the top of a node to the middle of its exit number `port`. */
export function portOffset(port: number): number {
  return HEAD_HEIGHT + port * PORT_HEIGHT + PORT_HEIGHT / 2;
}
