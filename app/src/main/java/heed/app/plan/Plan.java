package heed.app.plan;

import heed.microscope.cost.AttentionCost;
import heed.microscope.cost.ClusterCost;
import heed.microscope.cost.EngineSpeed;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * What a sequence will cost on this machine.
 *
 * @param cost what is counted
 * @param speed what the machine can do
 * @param layerSecondsMeasured how long one layer really took, if it was asked for
 * @param cluster what several workers would take, if that was asked for
 */
record Plan(
        AttentionCost cost,
        EngineSpeed speed,
        OptionalDouble layerSecondsMeasured,
        Optional<ClusterCost> cluster) {

    double layerSeconds() {
        return speed.layerSeconds(cost);
    }

    double modelSeconds() {
        return speed.modelSeconds(cost);
    }

    double gflopsPerSecond() {
        return speed.gflopsPerSecond(cost);
    }
}
