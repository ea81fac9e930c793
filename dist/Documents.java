import heed.app.Heed;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.codegen.docgen.manpage.ManPageGenerator;

/** Writes the manual pages, as AsciiDoc, and the completion of bash into a folder. */
final class Documents {
    public static void main(String[] args) throws Exception {
        CommandLine heed = Heed.commandLine();
        Path adoc = Files.createDirectories(Path.of(args[0], "adoc"));
        int exit =
                ManPageGenerator.generateManPage(
                        adoc.toFile(), null, new boolean[0], false, heed.getCommandSpec());
        if (exit != 0) {
            System.exit(exit);
        }
        try (Stream<Path> pages = Files.list(adoc)) {
            for (Path page : pages.toList()) {
                Files.writeString(page, escaped(Files.readString(page)));
            }
        }
        Path completion = Files.createDirectories(Path.of(args[0], "completion"));
        Files.writeString(completion.resolve("heed"), AutoComplete.bash("heed", heed));
    }

    /** Brackets in the name of a value, which AsciiDoc would take for the attributes of what follows. */
    private static String escaped(String page) {
        return Pattern.compile("_[A-Za-z:/]+(\\[)[^]_]+(])_")
                .matcher(page)
                .replaceAll(found -> found.group().replace("[", "{startsb}").replace("]", "{endsb}"));
    }
}
