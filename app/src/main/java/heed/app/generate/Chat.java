package heed.app.generate;

import com.hubspot.jinjava.Jinjava;
import com.hubspot.jinjava.JinjavaConfig;
import com.hubspot.jinjava.LegacyOverrides;
import com.hubspot.jinjava.interpret.RenderResult;
import com.hubspot.jinjava.interpret.TemplateError;
import heed.app.terminal.BadInputException;
import heed.transformer.model.ChatFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Writes a user's message down as the model was taught to read it. */
final class Chat {

    /**
     * The conversation so far: the message, and the begin of the answer.
     *
     * @throws BadInputException if the model's template cannot be followed
     */
    static String prompt(ChatFormat format, String message) {
        JinjavaConfig config =
                JinjavaConfig.newBuilder()
                        .withNestedInterpretationEnabled(false)
                        .withLegacyOverrides(LegacyOverrides.ALL)
                        .build();
        RenderResult result =
                new Jinjava(config)
                        .renderForResult(
                                withoutLayout(format.template()),
                                Map.of(
                                        "messages",
                                        List.of(Map.of("role", "user", "content", message)),
                                        "add_generation_prompt",
                                        true,
                                        "bos_token",
                                        format.begin(),
                                        "eos_token",
                                        format.end()));
        if (result.hasErrors()) {
            throw new BadInputException(
                    "the model's chat template cannot be followed: "
                            + result.getErrors().stream()
                                    .map(TemplateError::getMessage)
                                    .collect(Collectors.joining("; ")));
        }
        return result.getOutput();
    }

    /**
     * The template without the spaces that only lay it out, as Hugging Face has them removed: those
     * before a block that begins its line ({@code lstrip_blocks}), a line's end behind a block
     * ({@code trim_blocks}), and all beside a minus sign.
     */
    private static String withoutLayout(String template) {
        return template.replaceAll("(?m)^[ \\t]+(?=\\{[%#](?!\\+))", "")
                .replaceAll("(?<=[^-+][%#]\\})\\n", "")
                .replaceAll("\\s*(\\{[{%#])-", "$1")
                .replaceAll("-([}%#]\\})\\s*", "$1")
                // The library wants a space within brackets.
                .replaceAll("(\\{[{%])(?=['\"\\w])", "$1 ")
                .replaceAll("(?<=['\"\\w)\\]])([}%]\\})", " $1");
    }

    private Chat() {}
}
