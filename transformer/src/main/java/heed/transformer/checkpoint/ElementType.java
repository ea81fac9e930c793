package heed.transformer.checkpoint;

/**
 * How the elements of a tensor are kept. A quantised type keeps blocks of neighbouring elements,
 * each of a few bits, with scales that a whole block shares; the names are those of GGUF. All
 * numbers are little endian.
 */
public enum ElementType {
    /** IEEE 754 binary32. */
    F32(1, 4),
    /** IEEE 754 binary16. */
    F16(1, 2),
    /** The upper half of an {@link #F32}. */
    BF16(1, 2),
    /** Signed 8 bits and a scale. */
    Q8_0(32, 34),
    /** 4 bits and a scale. */
    Q4_0(32, 18),
    /** 4 bits, a scale and a minimum. */
    Q4_1(32, 20),
    /** 5 bits and a scale. */
    Q5_0(32, 22),
    /** 5 bits, a scale and a minimum. */
    Q5_1(32, 24),
    /** 4 bits; scales and minima of 32 elements, which are quantised themselves. */
    Q4_K(256, 144),
    /** 5 bits; scales and minima of 32 elements, which are quantised themselves. */
    Q5_K(256, 176),
    /** 6 bits; scales of 16 elements, which are quantised themselves. */
    Q6_K(256, 210);

    private final int elementsPerBlock;
    private final int bytesPerBlock;

    ElementType(int elementsPerBlock, int bytesPerBlock) {
        this.elementsPerBlock = elementsPerBlock;
        this.bytesPerBlock = bytesPerBlock;
    }

    /** Elements of a block: 1 for a type that is not quantised. */
    public int elementsPerBlock() {
        return elementsPerBlock;
    }

    /** Bytes of a block. */
    public int bytesPerBlock() {
        return bytesPerBlock;
    }

    /** Whether a block has more than one element. */
    public boolean quantized() {
        return elementsPerBlock > 1;
    }
}
