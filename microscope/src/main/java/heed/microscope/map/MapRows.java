package heed.microscope.map;

/**
 * Rows of cells of one level, {@code [rows][columns]}: of each its largest weight, and its mass
 * over so many queries.
 *
 * @param queries of each row
 */
record MapRows(float[][] max, float[][] mass, int[] queries) {

    static MapRows of(int rows, int columns) {
        return new MapRows(new float[rows][columns], new float[rows][columns], new int[rows]);
    }

    int rows() {
        return queries.length;
    }

    /** Adds a query to a row: of each column the largest weight and the sum. */
    void add(int row, float[] largest, float[] sums, int columns) {
        float[] max = this.max[row];
        float[] mass = this.mass[row];
        int before = queries[row]++;
        float share = 1f / (before + 1);
        for (int c = 0; c < columns; c++) {
            max[c] = Math.max(max[c], largest[c]);
            mass[c] += (sums[c] - mass[c]) * share;
        }
    }

    /** The next level: each cell is made of two by two. */
    MapRows coarser() {
        int columns = max[0].length;
        MapRows coarser = of(Math.ceilDiv(rows(), 2), Math.ceilDiv(columns, 2));
        for (int row = 0; row < rows(); row++) {
            int to = row / 2;
            int before = coarser.queries[to];
            int all = before + queries[row];
            float kept = all == 0 ? 0 : before / (float) all;
            float added = all == 0 ? 0 : queries[row] / (float) all;
            coarser.queries[to] = all;
            float[] toMax = coarser.max[to];
            float[] toMass = coarser.mass[to];
            for (int c = 0; c < columns; c += 2) {
                boolean two = c + 1 < columns;
                float most = two ? Math.max(max[row][c], max[row][c + 1]) : max[row][c];
                float sum = two ? mass[row][c] + mass[row][c + 1] : mass[row][c];
                toMax[c / 2] = Math.max(toMax[c / 2], most);
                toMass[c / 2] = toMass[c / 2] * kept + sum * added;
            }
        }
        return coarser;
    }
}
