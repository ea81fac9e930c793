package heed.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Those that Heed is compared with, as far as they are here.
 *
 * @param torch PyTorch
 * @param onnx ONNX Runtime
 * @param missing a line for each that is not here
 */
record Peers(Optional<Torch> torch, Optional<OnnxRuntime> onnx, List<String> missing) {

    /** Loads what there is for this platform. */
    static Peers load() {
        List<String> missing = new ArrayList<>();
        Optional<Torch> torch = load(Torch.NAME, Torch::new, missing);
        Optional<OnnxRuntime> onnx = load(OnnxRuntime.NAME, OnnxRuntime::new, missing);
        return new Peers(torch, onnx, missing);
    }

    private static <T> Optional<T> load(String name, Supplier<T> peer, List<String> missing) {
        try {
            return Optional.of(peer.get());
        } catch (LinkageError | RuntimeException e) {
            missing.add("%s does not run here: %s".formatted(name, e.getMessage()));
            return Optional.empty();
        }
    }

    /** Names and versions. */
    Map<String, String> versions() {
        Map<String, String> versions = new LinkedHashMap<>();
        torch.ifPresent(
                peer ->
                        versions.put(
                                Torch.NAME,
                                "%s (%s)".formatted(peer.version(), peer.capability())));
        onnx.ifPresent(peer -> versions.put(OnnxRuntime.NAME, peer.version()));
        return versions;
    }
}
