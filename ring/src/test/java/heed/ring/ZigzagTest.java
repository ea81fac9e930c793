package heed.ring;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ZigzagTest {

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 5, 13, 257, 1001, Integer.MAX_VALUE})
    void everyRowIsOfOnePart(int rows) {
        for (int parts : new int[] {1, 2, 3, 4, 7, 300}) {
            Zigzag zigzag = new Zigzag(rows, parts);
            List<Span> spans = new ArrayList<>();
            for (int part = 0; part < parts; part++) {
                spans.addAll(zigzag.pieces(part, 1 << 29));
            }
            spans.sort(Comparator.comparingInt(Span::from));
            int end = 0;
            for (Span span : spans) {
                assertThat(span.from()).isEqualTo(end);
                assertThat(span.rows()).isBetween(1, 1 << 29);
                end = span.to();
            }
            assertThat(end).isEqualTo(rows);
        }
    }

    @Test
    void underACausalMaskEveryPartHasAsMuchToDo() {
        Zigzag zigzag = new Zigzag(65_536, 8);
        double[] pairs =
                IntStream.range(0, 8)
                        .mapToDouble(
                                part -> zigzag.chunks(part).stream().mapToDouble(this::pairs).sum())
                        .toArray();
        for (double ofPart : pairs) {
            assertThat(ofPart / pairs[0]).isBetween(0.999, 1.001);
        }
    }

    /** Keys that the queries of a span see, summed up. */
    private double pairs(Span span) {
        return (double) span.rows() * (span.from() + span.to() + 1) / 2;
    }
}
