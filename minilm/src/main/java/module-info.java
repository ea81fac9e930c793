/**
 * The weights and the tokenizer of all-MiniLM-L6-v2, as resources in the folder {@code
 * heed-minilm}.
 */
module heed.minilm {}
