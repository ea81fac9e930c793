package heed.app.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import heed.app.terminal.BadInputException;
import heed.transformer.model.ChatFormat;
import java.io.IOException;
import java.io.InputStream;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Templates as models have them, against {@code transformers}: see {@code make_chat.py}. */
final class ChatTest {

    static Stream<String> templates() throws IOException {
        return golden().required("templates").propertyNames().stream();
    }

    @ParameterizedTest
    @MethodSource("templates")
    void writesAMessageDownAsTransformersDoes(String name) throws IOException {
        JsonNode golden = golden();
        JsonNode entry = golden.required("templates").required(name);
        ChatFormat format = new ChatFormat(entry.required("template").stringValue(), "<s>", "</s>");
        assertThat(Chat.prompt(format, golden.required("message").stringValue()))
                .isEqualTo(entry.required("prompt").stringValue());
    }

    @Test
    void saysThatATemplateCannotBeFollowed() {
        for (String bad :
                new String[] {
                    "{% for m in %}", "{{ raise_exception('no users') }}", "{% what %}"
                }) {
            assertThatThrownBy(() -> Chat.prompt(new ChatFormat(bad, "", ""), "x"))
                    .isInstanceOf(BadInputException.class)
                    .hasMessageContaining("the model's chat template cannot be followed");
        }
    }

    private static JsonNode golden() throws IOException {
        try (InputStream json = ChatTest.class.getResourceAsStream("chat.json")) {
            return JsonMapper.shared().readTree(Objects.requireNonNull(json));
        }
    }
}
