package heed.ring;

/**
 * What the passes of a ring have cost so far.
 *
 * @param tokens of the sequence
 * @param parts that it is dealt out to
 * @param pairsComputed pairs of a block of queries and a tile that a pass computes
 * @param pairsSkipped pairs that the mask hides whole
 * @param localTiles tiles that were read where they are stored; a task that ran twice counts twice
 * @param localBytes and their bytes
 * @param remoteTiles tiles that another worker sent, or that were read from their source once more
 * @param remoteBytes and their bytes
 */
public record RingCost(
        int tokens,
        int parts,
        long pairsComputed,
        long pairsSkipped,
        long localTiles,
        long localBytes,
        long remoteTiles,
        long remoteBytes) {}
