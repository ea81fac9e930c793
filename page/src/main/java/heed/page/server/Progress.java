package heed.page.server;

import heed.microscope.Listener;
import java.util.LinkedHashMap;
import java.util.Map;

/** How far some work is that a page waits for, and whether any page still does. */
final class Progress implements Listener {
    /** A page asks every half second; in a tab that is not seen, every minute. */
    private static final long LONGEST_SILENCE = 90_000_000_000L;

    private volatile long asked = System.nanoTime();
    private volatile boolean ended;
    private volatile String stage = "waiting";
    private volatile long done;
    private volatile long of = 1;

    /** Somebody asks now. */
    void ask() {
        asked = System.nanoTime();
    }

    /** Nobody wants it any more. */
    void end() {
        ended = true;
    }

    boolean isUnwanted() {
        return ended || System.nanoTime() - asked > LONGEST_SILENCE;
    }

    @Override
    public void done(String what, long done, long of) {
        this.stage = what;
        this.done = done;
        this.of = of;
    }

    /** The stage, and how many of how many parts of it are done. */
    Map<String, Object> said() {
        Map<String, Object> said = new LinkedHashMap<>();
        said.put("stage", stage);
        said.put("done", done);
        said.put("of", of);
        return said;
    }
}
