package heed.page.server;

import heed.microscope.Listener;
import heed.microscope.map.HeadMap;
import java.util.LinkedHashMap;
import java.util.Map;

/** A map that somebody looks at while it is made; it ends once nobody does. */
final class WatchedMap implements Listener {
    /** A page says every second that it is there; in a tab that is not seen, every minute. */
    private static final long LONGEST_SILENCE = 90_000_000_000L;

    private final HeadMap map;
    private volatile long asked = System.nanoTime();
    private volatile String stage = "waiting";
    private volatile long done;
    private volatile long of = 1;

    WatchedMap(HeadMap map) {
        this.map = map;
    }

    /** The map, for somebody who asks now. */
    HeadMap map() {
        asked = System.nanoTime();
        return map;
    }

    @Override
    public void done(String what, long done, long of) {
        this.stage = what;
        this.done = done;
        this.of = of;
        if (System.nanoTime() - asked > LONGEST_SILENCE) {
            map.close();
        }
    }

    Map<String, Object> state() {
        Map<String, Object> state = new LinkedHashMap<>();
        state.put("built", map().isBuilt());
        state.put("stage", stage);
        state.put("done", done);
        state.put("of", of);
        return state;
    }
}
