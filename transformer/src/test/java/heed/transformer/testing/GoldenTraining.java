package heed.transformer.testing;

import heed.transformer.checkpoint.CheckpointException;
import heed.transformer.checkpoint.SafetensorsFile;
import heed.transformer.checkpoint.Weights;
import heed.transformer.model.TokenBatch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What PyTorch makes of training the golden GPT-2: see {@code golden/make_training.py}.
 *
 * @param json its {@code training.json}
 * @param gradients its {@code gradients.safetensors}
 */
public record GoldenTraining(JsonNode json, Weights gradients) {

    public static GoldenTraining open() {
        Path folder = GoldenModel.ALL.resolve("training");
        try {
            return new GoldenTraining(
                    JsonMapper.shared()
                            .readTree(Files.readAllBytes(folder.resolve("training.json"))),
                    SafetensorsFile.open(folder.resolve("gradients.safetensors")).weights());
        } catch (IOException e) {
            throw new AssertionError(folder + " is not whole: run make_training.py", e);
        }
    }

    public double number(String key) {
        return json.required(key).doubleValue();
    }

    /** The batch of the gradients. */
    public TokenBatch batch() {
        return batch(json.required("ids"));
    }

    /** The batches of the steps of AdamW. */
    public List<TokenBatch> batches() {
        List<TokenBatch> batches = new ArrayList<>();
        json.required("adamw").required("batches").forEach(ids -> batches.add(batch(ids)));
        return batches;
    }

    /** Each list holds the tokens and the one that follows. */
    private static TokenBatch batch(JsonNode lists) {
        int length = lists.get(0).size() - 1;
        int[] inputs = new int[lists.size() * length];
        int[] targets = new int[inputs.length];
        for (int i = 0; i < inputs.length; i++) {
            inputs[i] = lists.get(i / length).get(i % length).intValue();
            targets[i] = lists.get(i / length).get(i % length + 1).intValue();
        }
        return new TokenBatch(lists.size(), length, inputs, targets);
    }

    /** The elements of a tensor. */
    public static float[] floats(Weights weights, String name, List<Integer> shape) {
        try {
            return weights.get(name, shape.toArray(Integer[]::new));
        } catch (CheckpointException e) {
            throw new AssertionError(e);
        }
    }
}
