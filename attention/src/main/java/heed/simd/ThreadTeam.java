package heed.simd;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Hands numbered tasks to threads. The caller works too; helpers are daemon threads that wait for
 * the next job, spinning for some microseconds before they park, since a layer of a model follows
 * on another.
 *
 * <p>Which thread does which task is left to chance. So that results do not depend on it, a task
 * must be the same work whoever does it, and write what no other task writes.
 *
 * <p>A helper that has had nothing to do for some seconds ends, so that an application that is
 * taken off its server leaves none behind; the next job starts new ones.
 *
 * <p>One job at a time has helpers: a caller that finds them busy, or that is a helper itself, does
 * its tasks alone.
 */
public final class ThreadTeam {
    private static final ThreadTeam TEAM = new ThreadTeam();
    private static final long SPIN_NANOS = 50_000;
    private static final long IDLE_NANOS = 5_000_000_000L;
    private static final ScopedValue<Integer> MOST = ScopedValue.newInstance();

    private final AtomicBoolean busy = new AtomicBoolean();

    /** Changed by who has made the team {@link #busy}. */
    private final List<Helper> helpers = new ArrayList<>();

    private volatile @Nullable Job current;

    /**
     * Threads to use where the caller does not say: the processors of this machine, or what {@link
     * #withAtMost} has set.
     */
    public static int defaultThreads() {
        int processors = Runtime.getRuntime().availableProcessors();
        return MOST.isBound() ? Math.min(MOST.get(), processors) : processors;
    }

    /**
     * Does something in which no more than {@code threads} threads are used where nobody says
     * otherwise, this one included.
     */
    public static <T> T withAtMost(int threads, Supplier<T> body) {
        return ScopedValue.where(MOST, threads).call(body::get);
    }

    /**
     * Does tasks {@code 0 … tasks − 1} on up to {@code threads} threads and returns when all are
     * done.
     *
     * @param worker called once by each thread that takes part: makes what does its tasks, with
     *     buffers of its own
     * @throws RuntimeException or an Error: the first that a task threw; tasks not yet begun are
     *     dropped
     */
    public static void run(int threads, int tasks, Supplier<? extends IntConsumer> worker) {
        Job job = new Job(tasks, worker);
        if (threads > 1 && tasks > 1 && TEAM.busy.compareAndSet(false, true)) {
            try {
                TEAM.share(job, Math.min(threads, tasks) - 1);
            } finally {
                TEAM.busy.set(false);
            }
        } else {
            job.work();
        }
        job.rethrow();
    }

    /**
     * Does the tasks of all parts on up to {@code threads} threads, and waits once for all.
     *
     * @param parts whose tasks may all be done at once; the largest tasks are best first
     * @throws RuntimeException or an Error: the first that a task threw
     */
    public static void run(int threads, List<Tasks> parts) {
        int tasks = parts.stream().mapToInt(Tasks::count).sum();
        run(threads, tasks, () -> worker(parts));
    }

    /** Makes the workers of parts when the first task of theirs comes. */
    private static IntConsumer worker(List<Tasks> parts) {
        @Nullable IntConsumer[] workers = new IntConsumer[parts.size()];
        return number -> {
            int task = number;
            int part = 0;
            for (; task >= parts.get(part).count(); part++) {
                task -= parts.get(part).count();
            }
            IntConsumer worker = workers[part];
            if (worker == null) {
                worker = parts.get(part).worker().get();
                workers[part] = worker;
            }
            worker.accept(task);
        };
    }

    private void share(Job job, int helpersWanted) {
        while (helpers.size() < helpersWanted) {
            Helper helper = new Helper();
            helpers.add(helper);
            helper.start();
        }
        job.helpersAllowed = helpersWanted;
        current = job;
        for (Helper helper : helpers.subList(0, helpersWanted)) {
            helper.wake();
        }
        job.work();
        job.close();
        current = null;
    }

    /** Waits until {@link #current} is another job than the given one; null if none comes. */
    private @Nullable Job next(@Nullable Job last, Helper self) {
        long since = System.nanoTime();
        while (true) {
            Job job = current;
            if (job != null && job != last) {
                return job;
            }
            long idle = System.nanoTime() - since;
            if (idle < SPIN_NANOS) {
                Thread.onSpinWait();
                continue;
            }
            if (idle > IDLE_NANOS) {
                return null;
            }
            self.parked = true;
            job = current;
            if (job == null || job == last) {
                LockSupport.parkNanos(this, IDLE_NANOS);
            }
            self.parked = false;
        }
    }

    /** Takes a helper out of the team, unless there may be a job for it. */
    private boolean dismiss(Helper helper) {
        if (!busy.compareAndSet(false, true)) {
            return false;
        }
        helpers.remove(helper);
        busy.set(false);
        return true;
    }

    private final class Helper extends Thread {
        private volatile boolean parked;

        Helper() {
            super(null, null, "heed-helper", 0, false);
            setDaemon(true);
            setContextClassLoader(null);
        }

        void wake() {
            if (parked) {
                LockSupport.unpark(this);
            }
        }

        @Override
        public void run() {
            Job last = null;
            while (true) {
                Job job = next(last, this);
                last = job;
                if (job == null) {
                    if (dismiss(this)) {
                        return;
                    }
                } else if (job.enter()) {
                    job.work();
                    job.leave();
                }
            }
        }
    }

    private static final class Job {
        private static final int CLOSED = Integer.MIN_VALUE;

        private final int tasks;
        private final Supplier<? extends IntConsumer> worker;
        private final AtomicInteger nextTask = new AtomicInteger();
        private final Thread caller = Thread.currentThread();
        private int helpersAllowed;

        /** Helpers at work, plus {@link #CLOSED} once no more may enter. */
        private final AtomicInteger helpersInside = new AtomicInteger();

        private final AtomicInteger helpersEntered = new AtomicInteger();
        private volatile @Nullable Throwable failure;

        Job(int tasks, Supplier<? extends IntConsumer> worker) {
            this.tasks = tasks;
            this.worker = worker;
        }

        void work() {
            try {
                int task = nextTask.getAndIncrement();
                if (task < tasks) {
                    IntConsumer work = worker.get();
                    for (; task < tasks; task = nextTask.getAndIncrement()) {
                        work.accept(task);
                    }
                }
            } catch (Throwable e) {
                nextTask.set(tasks);
                if (failure == null) {
                    failure = e;
                }
            }
        }

        boolean enter() {
            if (helpersEntered.incrementAndGet() > helpersAllowed) {
                return false;
            }
            if (helpersInside.getAndIncrement() < 0) {
                leave();
                return false;
            }
            return true;
        }

        void leave() {
            if (helpersInside.decrementAndGet() == CLOSED) {
                LockSupport.unpark(caller);
            }
        }

        /** Lets no more helpers in and waits for those inside. */
        void close() {
            helpersInside.addAndGet(CLOSED);
            long spinUntil = System.nanoTime() + SPIN_NANOS;
            while (helpersInside.get() != CLOSED) {
                if (System.nanoTime() < spinUntil) {
                    Thread.onSpinWait();
                } else {
                    LockSupport.park(this);
                }
            }
        }

        void rethrow() {
            switch (failure) {
                case null -> {}
                case RuntimeException e -> throw e;
                case Error e -> throw e;
                case Throwable e -> throw new IllegalStateException(e);
            }
        }
    }
}
