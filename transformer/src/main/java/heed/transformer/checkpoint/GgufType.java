package heed.transformer.checkpoint;

import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The types of tensors that GGUF knows, by their number. Not all of them can be read. */
enum GgufType {
    F32(0, ElementType.F32),
    F16(1, ElementType.F16),
    Q4_0(2, ElementType.Q4_0),
    Q4_1(3, ElementType.Q4_1),
    Q5_0(6, ElementType.Q5_0),
    Q5_1(7, ElementType.Q5_1),
    Q8_0(8, ElementType.Q8_0),
    Q8_1(9, 32, 40),
    Q2_K(10, 256, 84),
    Q3_K(11, 256, 110),
    Q4_K(12, ElementType.Q4_K),
    Q5_K(13, ElementType.Q5_K),
    Q6_K(14, ElementType.Q6_K),
    Q8_K(15, 256, 292),
    IQ2_XXS(16, 256, 66),
    IQ2_XS(17, 256, 74),
    IQ3_XXS(18, 256, 98),
    IQ1_S(19, 256, 50),
    IQ4_NL(20, 32, 18),
    IQ3_S(21, 256, 110),
    IQ2_S(22, 256, 82),
    IQ4_XS(23, 256, 136),
    I8(24, 1, 1),
    I16(25, 1, 2),
    I32(26, 1, 4),
    I64(27, 1, 8),
    F64(28, 1, 8),
    IQ1_M(29, 256, 56),
    BF16(30, ElementType.BF16),
    TQ1_0(34, 256, 54),
    TQ2_0(35, 256, 66),
    MXFP4(39, 32, 17),
    NVFP4(40, 64, 36),
    Q1_0(41, 128, 18);

    private final int id;
    private final int elementsPerBlock;
    private final int bytesPerBlock;
    private final @Nullable ElementType elementType;

    GgufType(int id, ElementType type) {
        this(id, type.elementsPerBlock(), type.bytesPerBlock(), type);
    }

    GgufType(int id, int elementsPerBlock, int bytesPerBlock) {
        this(id, elementsPerBlock, bytesPerBlock, null);
    }

    GgufType(int id, int elementsPerBlock, int bytesPerBlock, @Nullable ElementType elementType) {
        this.id = id;
        this.elementsPerBlock = elementsPerBlock;
        this.bytesPerBlock = bytesPerBlock;
        this.elementType = elementType;
    }

    /** The type with a number. */
    static Optional<GgufType> of(int id) {
        return Arrays.stream(values()).filter(type -> type.id == id).findFirst();
    }

    int elementsPerBlock() {
        return elementsPerBlock;
    }

    int bytesPerBlock() {
        return bytesPerBlock;
    }

    /** What it is as an element type, if it can be read. */
    @Nullable ElementType elementType() {
        return elementType;
    }
}
