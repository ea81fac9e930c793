package heed.attention;

/** Small help for masks. */
final class Bits {

    /** Bits {@code from} (inclusive) to {@code to} (exclusive), both cut to 0…64. */
    static long range(int from, int to) {
        int low = Math.clamp(from, 0, Long.SIZE);
        int high = Math.clamp(to, 0, Long.SIZE);
        return low >= high ? 0 : -1L >>> (Long.SIZE - (high - low)) << low;
    }

    static AttentionMask.Tile tile(boolean empty, boolean full) {
        if (empty) {
            return AttentionMask.Tile.EMPTY;
        }
        return full ? AttentionMask.Tile.FULL : AttentionMask.Tile.PARTIAL;
    }

    private Bits() {}
}
