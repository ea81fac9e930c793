package heed.microscope.look;

import heed.microscope.HeadId;
import java.util.List;

/**
 * A head and what it looks at from a unit.
 *
 * @param query the unit that looks
 * @param attends its largest weights, as they are, without the unit itself and special tokens
 */
public record HeadFocus(HeadId head, int query, List<Focus.Target> attends) {
    public HeadFocus {
        attends = List.copyOf(attends);
    }
}
