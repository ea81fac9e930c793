/**
 * Prints random sequences of 64 symbols, each twice in a row: what comes next in a second one can be told from the
 * first, and from nothing else. Their lengths differ, so that no fixed distance will do.
 */
void main(String... arguments) {
    int symbols = Integer.parseInt(arguments[0]);
    var random = new java.util.Random(1);
    var text = new StringBuilder();
    while (text.length() < symbols) {
        var sequence = new StringBuilder();
        int length = random.nextInt(8, 32);
        for (int i = 0; i < length; i++) {
            sequence.append((char) ('0' + random.nextInt(64)));
        }
        text.append(sequence).append(sequence);
    }
    IO.print(text);
}
