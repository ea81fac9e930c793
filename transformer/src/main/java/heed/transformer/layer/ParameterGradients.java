package heed.transformer.layer;

import heed.simd.Tasks;
import heed.simd.ThreadTeam;
import java.util.List;

/**
 * Work that adds gradients to those of a layer's parameters. It is done with that of other layers
 * at once, since there is little of it in each.
 */
public final class ParameterGradients {
    private final Tasks tasks;

    ParameterGradients(Tasks tasks) {
        this.tasks = tasks;
    }

    /** Does the work, on all processors of this machine. */
    public static void add(List<ParameterGradients> gradients) {
        ThreadTeam.run(
                ThreadTeam.defaultThreads(), gradients.stream().map(one -> one.tasks).toList());
    }
}
