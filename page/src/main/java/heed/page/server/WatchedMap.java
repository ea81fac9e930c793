package heed.page.server;

import heed.microscope.map.HeadMap;
import java.util.LinkedHashMap;
import java.util.Map;

/** A map that somebody looks at while it is made; it ends once nobody does. */
final class WatchedMap {
    private final HeadMap map;
    private final Progress progress = new Progress();

    WatchedMap(HeadMap map) {
        this.map = map;
    }

    /** The map, for somebody who asks now. */
    HeadMap map() {
        progress.ask();
        return map;
    }

    /** Makes its coarse levels, unless it is left. */
    void build(int threads) throws InterruptedException {
        map.build(
                threads,
                (what, done, of) -> {
                    progress.done(what, done, of);
                    if (progress.isUnwanted()) {
                        map.close();
                    }
                });
    }

    Map<String, Object> said() {
        Map<String, Object> said = new LinkedHashMap<>();
        said.put("built", map().isBuilt());
        said.putAll(progress.said());
        return said;
    }
}
