package heed.page.document;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** That every form of import and export becomes what it means. */
final class ScriptBundleTest {

    private static String bundle(Map<String, String> sources) {
        return ScriptBundle.of(
                "/main.js",
                path -> Objects.requireNonNull(sources.get(path), path),
                Map.of("lit", "/lib/lit.js"));
    }

    @Test
    void modulesBecomeFunctionsInTheOrderOfTheirUse() {
        String script =
                bundle(
                        Map.of(
                                "/main.js",
                                """
                                import { LitElement, html as markup } from 'lit';
                                import * as colours from './parts/colours.js';
                                import './parts/other.js';

                                export class Main extends LitElement {}
                                export async function load() {}
                                """,
                                "/parts/colours.js",
                                "export const red = '#f00';\nexport function dark() {}\n",
                                "/parts/other.js",
                                "import { red } from './colours.js';\nregister(red);\n",
                                "/lib/lit.js",
                                "export*from\"./base.js\";import{a as t}from\"./base.js\";const s=t;export{s as LitElement,s as html};\n//# sourceMappingURL=lit.js.map\n",
                                "/lib/base.js",
                                "/* one */const a=1;export{a};"));

        assertThat(script)
                .isEqualTo(
                        """
                        const module0 = (() => {
                        /* one */const a=1;
                        return { a: a };
                        })();
                        const module1 = (() => {
                        const {a: t} = module0;const s=t;
                        return { ...module0, LitElement: s, html: s };
                        })();
                        const module2 = (() => {
                        const red = '#f00';
                        function dark() {}
                        return { red, dark };
                        })();
                        const module3 = (() => {
                        const { red } = module2;
                        register(red);
                        return {  };
                        })();
                        const module4 = (() => {
                        const { LitElement, html: markup } = module1;
                        const colours = module2;


                        class Main extends LitElement {}
                        async function load() {}
                        return { Main, load };
                        })();
                        """);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "import a from './a.js'; | a form of import or export that is not known: import a",
                "export default class {} | a form of import or export that is not known: export default",
                "export let a = 1; | a form of import or export that is not known: export let",
                "import { a } from 'nothing'; | imports nothing, which is not known",
                "const a = '</script>'; | a script holds </script",
                "const a = '<!--'; | a script holds <!--",
            })
    void whatIsNotKnownIsNotGuessed(String source, String message) {
        assertThatIllegalStateException()
                .isThrownBy(() -> bundle(Map.of("/main.js", source)))
                .withMessageContaining(message);
    }
}
