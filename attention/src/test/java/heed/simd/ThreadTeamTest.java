package heed.simd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tasks handed to threads. */
class ThreadTeamTest {

    @ParameterizedTest
    @CsvSource({"1, 0", "1, 7", "2, 1", "2, 1000", "3, 2", "5, 1000"})
    void everyTaskIsDoneOnce(int threads, int tasks) {
        for (int repetition = 0; repetition < 200; repetition++) {
            AtomicIntegerArray done = new AtomicIntegerArray(Math.max(1, tasks));
            AtomicInteger workers = new AtomicInteger();
            ThreadTeam.run(
                    threads,
                    tasks,
                    () -> {
                        workers.incrementAndGet();
                        return done::incrementAndGet;
                    });
            for (int task = 0; task < tasks; task++) {
                assertThat(done.get(task)).isEqualTo(1);
            }
            assertThat(workers.get()).isLessThanOrEqualTo(threads);
        }
    }

    @ParameterizedTest
    @CsvSource({"1", "2", "4"})
    void everyTaskOfEveryPartIsDoneOnce(int threads) {
        int[] counts = {0, 5, 1, 0, 300, 2};
        for (int repetition = 0; repetition < 100; repetition++) {
            List<AtomicIntegerArray> done = new ArrayList<>();
            List<Tasks> parts = new ArrayList<>();
            for (int count : counts) {
                AtomicIntegerArray ofPart = new AtomicIntegerArray(count);
                done.add(ofPart);
                parts.add(new Tasks(count, () -> ofPart::incrementAndGet));
            }
            ThreadTeam.run(threads, parts);
            for (int part = 0; part < counts.length; part++) {
                for (int task = 0; task < counts[part]; task++) {
                    assertThat(done.get(part).get(task)).isEqualTo(1);
                }
            }
        }
    }

    @RepeatedTest(20)
    void aFailureReachesTheCallerAndTheTeamGoesOn() {
        assertThatIllegalStateException()
                .isThrownBy(
                        () ->
                                ThreadTeam.run(
                                        3,
                                        100,
                                        () ->
                                                task -> {
                                                    if (task == 60) {
                                                        throw new IllegalStateException("task 60");
                                                    }
                                                }))
                .withMessage("task 60");
        everyTaskIsDoneOnce(3, 50);
    }

    @Test
    void aTaskMayRunTasksOfItsOwn() {
        Set<Integer> done = ConcurrentHashMap.newKeySet();
        ThreadTeam.run(
                2,
                10,
                () -> outer -> ThreadTeam.run(2, 10, () -> inner -> done.add(outer * 10 + inner)));
        assertThat(done).hasSize(100);
    }

    @Test
    void helpersEndWhenThereIsNothingToDo() throws InterruptedException {
        AtomicInteger done = new AtomicInteger();
        Set<Thread> seen = ConcurrentHashMap.newKeySet();
        ThreadTeam.run(
                3,
                1000,
                () -> {
                    seen.add(Thread.currentThread());
                    return task -> done.addAndGet(task);
                });
        seen.remove(Thread.currentThread());
        for (Thread helper : seen) {
            helper.join(60_000);
            assertThat(helper.isAlive()).isFalse();
            assertThat(helper.getContextClassLoader()).isNull();
        }
        ThreadTeam.run(3, 1000, () -> task -> done.addAndGet(-task));
        assertThat(done).hasValue(0);
    }

    @Test
    void noMoreThreadsAreUsedThanWasSaid() {
        assertThat(ThreadTeam.<Integer>withAtMost(1, ThreadTeam::defaultThreads)).isOne();
        int processors = Runtime.getRuntime().availableProcessors();
        assertThat(ThreadTeam.defaultThreads()).isEqualTo(processors);
        assertThat(ThreadTeam.<Integer>withAtMost(processors + 7, ThreadTeam::defaultThreads))
                .isEqualTo(processors);
    }
}
