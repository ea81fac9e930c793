package heed.bench;

import heed.transformer.embed.TextEmbedder;
import heed.transformer.model.PretrainedEncoder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;
import java.util.stream.IntStream;
import tools.jackson.databind.json.JsonMapper;

/**
 * One contender under load, in a JVM of its own: threads that each send a request as soon as the
 * last one is answered, 1 to 4 sentences a request, to one MiniLM.
 */
final class ServeLoad {
    static final int CLIENTS = 8;

    /** Sentences of one request after another. */
    private static final int[] SIZES = {1, 2, 1, 4};

    private static final int TEXTS = 400;
    private static final Path STATUS = Path.of("/proc/self/status");

    /**
     * What came out.
     *
     * @param threads that a request used at most: the faster of 1 and all processors
     * @param sentences embedded a second
     * @param requests answered in all
     * @param otherBits requests whose vectors were not, to the last bit, those that they have alone
     * @param megabytesBefore resident memory after a sixth of the time; 0 where it cannot be told
     * @param megabytesAfter the same at the end
     */
    record Outcome(
            int threads,
            double sentences,
            long requests,
            long otherBits,
            double megabytesBefore,
            double megabytesAfter) {}

    /** What answers requests. */
    private record Server(Function<List<String>, float[][]> embed, Runnable close) {}

    private record Count(long requests, long sentences, long otherBits) {
        Count plus(Count other) {
            return new Count(
                    requests + other.requests,
                    sentences + other.sentences,
                    otherBits + other.otherBits);
        }
    }

    private final Server server;
    private final int threads;
    private final List<List<String>> requests = requests();
    private final List<float[][]> alone;

    private ServeLoad(String contender, int threads) throws IOException {
        this.threads = threads;
        server = contender.equals(HeedContender.NAME) ? heed(threads) : onnx(threads);
        alone = requests.stream().map(server.embed).toList();
    }

    private static Server heed(int threads) throws IOException {
        TextEmbedder embedder =
                TextEmbedder.builder(PretrainedEncoder.MINILM).threads(threads).open();
        return new Server(embedder::embed, embedder::close);
    }

    private static Server onnx(int threads) {
        OnnxMiniLm model = new OnnxMiniLm(new OnnxRuntime(), threads);
        return new Server(
                texts -> texts.stream().map(model::embed).toArray(float[][]::new), model::close);
    }

    private static List<List<String>> requests() {
        List<String> sentences = Sentences.of(TEXTS);
        List<List<String>> requests = new ArrayList<>();
        for (int from = 0; from < TEXTS; ) {
            int to = Math.min(TEXTS, from + SIZES[requests.size() % SIZES.length]);
            requests.add(sentences.subList(from, to));
            from = to;
        }
        return requests;
    }

    /** Takes who answers, and for how many seconds; prints the {@link Outcome} as JSON. */
    public static void main(String[] args) throws Exception {
        double seconds = Double.parseDouble(args[1]);
        int processors = Runtime.getRuntime().availableProcessors();
        Outcome best = null;
        for (int threads : new int[] {1, processors}) {
            Outcome outcome = run(args[0], threads, Math.max(1, seconds / 10));
            best = best == null || outcome.sentences() > best.sentences() ? outcome : best;
        }
        Outcome outcome = run(args[0], best == null ? 1 : best.threads(), seconds);
        System.out.println(JsonMapper.shared().writeValueAsString(outcome));
    }

    private static Outcome run(String contender, int threads, double seconds)
            throws IOException, InterruptedException, ExecutionException {
        ServeLoad load = new ServeLoad(contender, threads);
        try {
            return load.run(seconds);
        } finally {
            load.server.close.run();
        }
    }

    private Outcome run(double seconds)
            throws IOException, InterruptedException, ExecutionException {
        long start = System.nanoTime();
        long end = start + (long) (seconds * 1e9);
        try (ExecutorService clients = Executors.newFixedThreadPool(CLIENTS)) {
            List<Future<Count>> counts =
                    IntStream.range(0, CLIENTS)
                            .mapToObj(
                                    i ->
                                            clients.submit(
                                                    () ->
                                                            client(
                                                                    i * requests.size() / CLIENTS,
                                                                    end)))
                            .toList();
            Thread.sleep((long) (seconds * 1e3 / 6));
            double before = residentMegabytes();
            Thread.sleep(Math.max(0, (end - System.nanoTime()) / 1_000_000));
            double after = residentMegabytes();
            Count sum = new Count(0, 0, 0);
            for (Future<Count> count : counts) {
                sum = sum.plus(count.get());
            }
            double elapsed = (System.nanoTime() - start) / 1e9;
            return new Outcome(
                    threads, sum.sentences / elapsed, sum.requests, sum.otherBits, before, after);
        }
    }

    private Count client(int first, long end) {
        Count count = new Count(0, 0, 0);
        for (int i = first; System.nanoTime() < end; i = (i + 1) % requests.size()) {
            float[][] vectors = server.embed.apply(requests.get(i));
            boolean same = Arrays.deepEquals(vectors, alone.get(i));
            count = count.plus(new Count(1, vectors.length, same ? 0 : 1));
        }
        return count;
    }

    private static double residentMegabytes() throws IOException {
        if (!Files.isReadable(STATUS)) {
            return 0;
        }
        return Files.readAllLines(STATUS).stream()
                .filter(line -> line.startsWith("VmRSS:"))
                .mapToDouble(line -> Double.parseDouble(line.replaceAll("\\D", "")) / 1024)
                .sum();
    }
}
