module example {
    requires heed.transformer;
}
