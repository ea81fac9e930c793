/**
 * Exact attention: {@code P = softmax(scale · Q Kᵀ + bias, masked)}, {@code O = P V}.
 *
 * <p>{@link heed.attention.Attention#forward} is the one place where attention is computed. It
 * never stores P. It returns the output and, for every row, the log-sum-exp of its scores, from
 * which any part of P can be had again: {@code P[i,j] = exp(score[i,j] − LSE[i])}.
 *
 * <p>Symbols, used alike in code, Javadoc and messages:
 *
 * <table>
 *   <caption>Symbols</caption>
 *   <tr><td>{@code n_q, n_k}</td><td>queries, keys: the tokens that look and those looked at</td></tr>
 *   <tr><td>{@code d, d_v}</td><td>columns of a query or key, columns of a value</td></tr>
 *   <tr><td>{@code H, Hkv}</td><td>query heads, key/value heads; query head h reads h / (H / Hkv)</td></tr>
 *   <tr><td>{@code S, P}</td><td>scores and attention weights, one row a query, one column a key</td></tr>
 *   <tr><td>{@code LSE}</td><td>{@code ln Σ_j exp(S[i,j])}, natural logarithm</td></tr>
 * </table>
 */
@NullMarked
package heed.attention;

import org.jspecify.annotations.NullMarked;
