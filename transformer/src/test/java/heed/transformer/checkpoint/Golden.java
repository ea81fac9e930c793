package heed.transformer.checkpoint;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;

/** The files that {@code make_checkpoints.py} made. */
final class Golden {

    /** Where a file is. */
    static Path file(String name) {
        URL url = Golden.class.getResource(name);
        if (url == null) {
            throw new AssertionError(name + " is missing: run make_checkpoints.py");
        }
        try {
            return Path.of(url.toURI());
        } catch (URISyntaxException e) {
            throw new AssertionError(e);
        }
    }

    static byte[] bytes(String name) {
        try {
            return Files.readAllBytes(file(name));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The raw floats of a file. */
    static FloatBuffer floats(String name) {
        return ByteBuffer.wrap(bytes(name)).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
    }

    /** The bits of the next floats, all NaN being the same. */
    static int[] nextBits(FloatBuffer floats, int count) {
        float[] next = new float[count];
        floats.get(next);
        return bits(next);
    }

    /** The bits of floats, all NaN being the same. */
    static int[] bits(float[] floats) {
        int[] bits = new int[floats.length];
        for (int i = 0; i < floats.length; i++) {
            bits[i] = Float.floatToIntBits(floats[i]);
        }
        return bits;
    }

    private Golden() {}
}
