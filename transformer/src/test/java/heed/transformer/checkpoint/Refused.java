package heed.transformer.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/** How a checkpoint is refused: by one line. */
final class Refused {

    /** Asserts that a call fails with a message of one line that holds a part. */
    static void assertRefused(ThrowingCallable call, String message) {
        assertThatExceptionOfType(CheckpointException.class)
                .isThrownBy(call)
                .withMessageContaining(message)
                .satisfies(e -> assertThat(e.getMessage()).hasLineCount(1));
    }

    private Refused() {}
}
