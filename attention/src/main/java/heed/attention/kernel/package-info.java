/**
 * Attention in tiles, after FlashAttention (Dao et al. 2022; Dao 2023), turned so that the lanes of
 * a vector are queries.
 *
 * <p>A task is one head × one block of {@link heed.simd.Lanes#PANEL} queries. Keys pass by in
 * blocks. All that a task holds are panels, row-major matrices of one column a query:
 *
 * <pre>
 * Qᵀ [d,   queries]   the queries, times the factor that makes their scores powers of 2
 * Sᵀ [keys, queries]  the scores of a block of keys, then in their place its weights Pᵀ
 * Oᵀ [d_v, queries]   the output so far
 * </pre>
 *
 * <p>So K and V are read as they lie, one scalar at a time; the maximum, the sum and the rescaling
 * of a query are its lane's; only Q and O are transposed, once a task.
 *
 * <p>{@link heed.attention.kernel.ForwardKernel} goes so, {@link
 * heed.attention.kernel.BackwardKernel} goes back over the same tiles, and {@link
 * heed.attention.kernel.WeightKernel} makes any of them again for somebody who looks. Few queries
 * against many keys go through {@link heed.attention.kernel.DecodeKernel}, which {@code
 * ForwardKernel} chooses by the shape.
 */
@NullMarked
package heed.attention.kernel;

import org.jspecify.annotations.NullMarked;
