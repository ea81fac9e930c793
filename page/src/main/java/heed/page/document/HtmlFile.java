package heed.page.document;

import heed.page.files.PageFiles;

/** The page of a look in one HTML file, which loads nothing and asks nobody. */
final class HtmlFile {
    /**
     * Makes the file.
     *
     * @param name of the script and the element that show the data
     * @param title may hold anything, and so may the texts in the data
     * @param json what the page shows
     */
    static String of(String name, String title, String json) {
        PageFiles files = new PageFiles();
        String style = "\n" + files.text("/style.css");
        String script =
                "\n"
                        + ScriptBundle.of(
                                "/document/%s.js".formatted(name), files::text, files.names());
        String policy =
                String.join(
                        "; ",
                        "default-src 'none'",
                        "script-src " + PageFiles.hash(script),
                        "style-src " + PageFiles.hash(style),
                        "img-src data:",
                        "base-uri 'none'",
                        "form-action 'none'");
        return """
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta http-equiv="Content-Security-Policy" content="%s">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>%s</title>
            <link rel="icon" href="data:,">
            <style>%s</style>
            </head>
            <body>
            <noscript>This page needs JavaScript: it draws the numbers that stand in it.</noscript>
            <heed-%s></heed-%s>
            <script type="application/json" id="data">%s</script>
            <script type="module">%s</script>
            </body>
            </html>
            """
                .formatted(policy, asText(title), style, name, name, asData(json), script);
    }

    private static String asText(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    }

    /** In JSON these stand in strings alone, where an escape means the same. */
    private static String asData(String json) {
        return json.replace("<", "\\u003c")
                .replace(">", "\\u003e")
                .replace("&", "\\u0026")
                .replace("\u2028", "\\u2028")
                .replace("\u2029", "\\u2029");
    }

    private HtmlFile() {}
}
