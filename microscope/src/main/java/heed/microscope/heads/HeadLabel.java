package heed.microscope.heads;

/**
 * What a head may be called, since a figure bears it out.
 *
 * @param name such as {@code previous token}
 * @param figure the value that earned it
 */
public record HeadLabel(String name, double figure) {}
