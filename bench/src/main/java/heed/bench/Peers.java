package heed.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Those that Heed is compared with, as far as they are here.
 *
 * @param torch PyTorch
 * @param onnx ONNX Runtime
 * @param missing a line for each that is not here
 */
record Peers(Optional<Torch> torch, Optional<OnnxRuntime> onnx, List<String> missing) {

    /** Which peers there are. */
    enum Name {
        PYTORCH,
        ONNXRUNTIME,
        NONE
    }

    /** Loads those of the wanted ones that there are for this platform. */
    static Peers load(Set<Name> wanted) {
        List<String> missing = new ArrayList<>();
        Optional<Torch> torch =
                load(wanted.contains(Name.PYTORCH), Torch.NAME, Torch::new, missing);
        Optional<OnnxRuntime> onnx =
                load(
                        wanted.contains(Name.ONNXRUNTIME),
                        OnnxRuntime.NAME,
                        OnnxRuntime::new,
                        missing);
        return new Peers(torch, onnx, missing);
    }

    private static <T> Optional<T> load(
            boolean wanted, String name, Supplier<T> peer, List<String> missing) {
        if (!wanted) {
            return Optional.empty();
        }
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
