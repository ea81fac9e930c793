package heed.microscope;

/** Is told how far work has come, from any thread. */
@FunctionalInterface
public interface Listener {
    /** So much of it is done. */
    void done(String what, long done, long of);

    /** Takes no notice. */
    static Listener none() {
        return (what, done, of) -> {};
    }
}
