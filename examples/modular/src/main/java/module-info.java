module example {
    requires heed.transformer;
    requires heed.minilm;
}
