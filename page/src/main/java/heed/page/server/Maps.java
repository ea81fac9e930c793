package heed.page.server;

import static heed.page.server.Fields.number;
import static heed.page.server.Fields.text;
import static heed.page.server.Fields.textOrNone;

import heed.microscope.HeadId;
import heed.microscope.QuestionException;
import heed.microscope.look.Selection;
import heed.microscope.map.HeadMap;
import heed.microscope.map.HeadMap.Spot;
import heed.microscope.map.MapChannel;
import heed.microscope.map.QueriesAndKeys;
import heed.transformer.model.PretrainedModel;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * The maps that the page shows, of which it keeps the last few. A map is made in the background,
 * one after the other; tiles are answered meanwhile.
 */
final class Maps implements AutoCloseable {
    /** Texts that stay read. */
    private static final int RUNS = 3;

    /** Maps that are kept. */
    private static final int MAPS = 3;

    private static final int MOST_NEEDLES = 20;
    private static final int NAME_BYTES = 12;
    private static final System.Logger LOG = System.getLogger(Maps.class.getName());

    private final ModelShelf shelf;
    private final byte[] salt = new byte[NAME_BYTES];
    private final Map<String, MapReading> runs =
            lastUsed(RUNS, reading -> reading.progress().end());
    private final Map<String, WatchedMap> maps = lastUsed(MAPS, watched -> watched.map().close());
    private final LastFirstQueue tiles = new LastFirstQueue();
    private final ExecutorService builder =
            Executors.newSingleThreadExecutor(
                    task -> {
                        Thread thread = new Thread(task, "heed-maps");
                        thread.setDaemon(true);
                        return thread;
                    });

    Maps(ModelShelf shelf) {
        this.shelf = shelf;
        new SecureRandom().nextBytes(salt);
    }

    private static <V> Map<String, V> lastUsed(int most, Consumer<V> dropped) {
        return new LinkedHashMap<>(most, 1, true) {
            private static final long serialVersionUID = 1;

            @Override
            protected boolean removeEldestEntry(Map.Entry<String, V> eldest) {
                if (size() <= most) {
                    return false;
                }
                dropped.accept(eldest.getValue());
                return true;
            }
        };
    }

    /** Queries and keys that maps can be drawn of. */
    List<Map<String, Object>> matrices() {
        return shelf.matrices().entrySet().stream()
                .map(
                        each ->
                                Map.<String, Object>of(
                                        "name", each.getKey(), "heads", each.getValue().heads()))
                .toList();
    }

    /**
     * Opens the map of a head, of queries and keys or of a model and a text, and begins it; the
     * text is read first, and until then the answer is how far that is.
     */
    Map<String, Object> open(JsonNode question) {
        HeadId head = HeadId.parse(text(question, "head"));
        String run = name(question);
        MapReading reading = reading(run, head, question);
        Map<String, Object> answer = new LinkedHashMap<>();
        answer.put("run", run);
        answer.put("head", head.toString());
        answer.put("ready", reading.isDone());
        if (!reading.isDone()) {
            answer.putAll(reading.progress().said());
            return answer;
        }
        WatchedMap watched = watched(run, head);
        HeadMap map = watched.map();
        MapRun of = run(run);
        answer.put("layers", of.layers());
        answer.put("heads", of.heads());
        answer.put("queries", map.queries());
        answer.put("keys", map.keys());
        answer.put("top", map.top());
        answer.put("tokens", of.tokens());
        answer.putAll(watched.said());
        return answer;
    }

    private String name(JsonNode question) {
        String matrices = textOrNone(question, "matrices");
        return matrices.isEmpty()
                ? name("text", text(question, "model"), text(question, "text"))
                : name("matrices", matrices);
    }

    private synchronized MapReading reading(String run, HeadId head, JsonNode question) {
        MapReading reading = runs.get(run);
        if (reading == null) {
            String matrices = textOrNone(question, "matrices");
            if (matrices.isEmpty()) {
                PretrainedModel model = shelf.get(text(question, "model"));
                var _ = Selection.of(head).in(model);
                reading = new MapReading(MapRun.reading(model, text(question, "text")));
                builder.execute(reading::run);
            } else {
                reading = MapReading.of(MapRun.of(matrices(matrices)));
            }
            runs.put(run, reading);
        }
        reading.progress().ask();
        return reading;
    }

    private QueriesAndKeys matrices(String name) {
        QueriesAndKeys found = shelf.matrices().get(name);
        if (found == null) {
            throw new Refusal(404, "there are no such queries and keys");
        }
        return found;
    }

    /** A name that nobody else gives to anything. */
    private String name(String... parts) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(salt);
            for (String part : parts) {
                digest.update(part.getBytes(StandardCharsets.UTF_8));
                digest.update((byte) 0);
            }
            return HexFormat.of().formatHex(digest.digest(), 0, NAME_BYTES);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /** What was read; what could not be is forgotten, so that it can be asked for again. */
    private synchronized MapRun run(String name) {
        MapReading reading = runs.get(name);
        if (reading == null || !reading.isDone()) {
            throw new Refusal(404, "there is no such run: open the map again");
        }
        try {
            return reading.get();
        } catch (RuntimeException e) {
            runs.remove(name);
            throw e;
        }
    }

    private synchronized WatchedMap watched(String run, HeadId head) {
        String name = run + head;
        WatchedMap found = maps.get(name);
        if (found != null) {
            return found;
        }
        WatchedMap begun = new WatchedMap(run(run).map(head));
        maps.put(name, begun);
        builder.execute(() -> build(name, begun));
        return begun;
    }

    /** Who comes for a map that was not ended begins it anew. */
    private void build(String name, WatchedMap watched) {
        try {
            HeadMap map = watched.map();
            watched.build(Runtime.getRuntime().availableProcessors());
            if (!map.isBuilt()) {
                drop(name, watched);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            LOG.log(System.Logger.Level.ERROR, "a map failed", e);
            drop(name, watched);
        }
    }

    private synchronized void drop(String name, WatchedMap watched) {
        maps.remove(name, watched);
    }

    private synchronized @Nullable MapReading unread(String run) {
        MapReading reading = runs.get(run);
        return reading == null || reading.isDone() ? null : reading;
    }

    private WatchedMap watched(JsonNode question) {
        return watched(text(question, "run"), HeadId.parse(text(question, "head")));
    }

    /** How far a map is. */
    Map<String, Object> state(JsonNode question) {
        return watched(question).said();
    }

    /** Ends what is still read or made of a map that somebody leaves. */
    Map<String, Object> leave(JsonNode question) {
        MapReading reading = unread(text(question, "run"));
        if (reading != null) {
            reading.progress().end();
            return Map.of("left", true);
        }
        HeadMap map = known(question).map();
        if (!map.isBuilt()) {
            map.close();
        }
        return Map.of("left", true);
    }

    private synchronized WatchedMap known(JsonNode question) {
        WatchedMap found = maps.get(text(question, "run") + HeadId.parse(text(question, "head")));
        if (found == null) {
            throw new Refusal(404, "there is no such map");
        }
        return found;
    }

    /** The largest weight of a cell, and where it is. */
    Map<String, Object> spot(JsonNode question) {
        HeadMap map = watched(question).map();
        int level = number(question, "level", 0, map.top());
        int row = number(question, "row", 0, map.queries() - 1);
        int column = number(question, "column", 0, map.keys() - 1);
        return map.largest(level, row, column).map(Maps::said).orElse(Map.of("hidden", true));
    }

    private static Map<String, Object> said(Spot spot) {
        return Map.of("query", spot.query(), "key", spot.key(), "weight", spot.weight());
    }

    /** The weights that stand out most. */
    Map<String, Object> needles(JsonNode question) {
        HeadMap map = watched(question).map();
        if (!map.isBuilt()) {
            throw new QuestionException("the map is not whole yet: wait until it is");
        }
        return Map.of("needles", map.needles(MOST_NEEDLES).stream().map(Maps::said).toList());
    }

    /**
     * A tile.
     *
     * @param codes {@code [256][256]}, or null if the mask hides all of it
     * @param whole whether it stays so, and is not of a sample
     */
    record Tile(byte @Nullable [] codes, boolean whole) {}

    /**
     * The tile of a path.
     *
     * @throws QuestionException if there is no such tile
     */
    Tile tile(String run, String layer, String head, String channel, String... at) {
        HeadId id = HeadId.parse("L" + layer + "H" + head);
        MapChannel of =
                switch (channel) {
                    case "max" -> MapChannel.MAX;
                    case "mass" -> MapChannel.MASS;
                    default -> throw new QuestionException("a channel is max or mass");
                };
        int level = index(at[0]);
        int row = index(at[1]);
        int column = index(at[2]);
        HeadMap map = watched(run, id).map();
        boolean whole = map.isWhole(level, row);
        String name = "%s/%s/%s/%d/%d/%d/%b".formatted(run, id, of, level, row, column, whole);
        Optional<byte[]> codes = tiles.get(name, () -> map.tile(of, level, row, column));
        return new Tile(codes.orElse(null), whole || codes.isEmpty());
    }

    private static int index(String digits) {
        if (!digits.matches("\\d{1,7}")) {
            throw new QuestionException("tiles have a level, a row and a column, from 0");
        }
        return Integer.parseInt(digits);
    }

    @Override
    public void close() {
        synchronized (this) {
            maps.values().forEach(watched -> watched.map().close());
        }
        builder.shutdownNow();
        tiles.close();
    }
}
