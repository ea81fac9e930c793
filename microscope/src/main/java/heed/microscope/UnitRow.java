package heed.microscope;

/**
 * What one unit gives to all units.
 *
 * @param query the unit that looks, by its index
 * @param weights {@code [units]}: summed over the pieces of a unit that is looked at, averaged over
 *     those of the unit that looks (Clark et al. 2019, §4.1); {@link Units#HIDDEN} where the mask
 *     lets no piece see another
 * @param outside what it gives to pieces that are in no unit
 */
public record UnitRow(int query, double[] weights, double outside) {}
