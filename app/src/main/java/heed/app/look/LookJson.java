package heed.app.look;

import heed.microscope.Units;
import heed.microscope.look.Focus;
import heed.microscope.look.HeadFocus;
import heed.microscope.look.Look;
import heed.microscope.look.LookResult;
import heed.microscope.look.Selection;
import heed.microscope.look.TextShares;
import heed.microscope.relevance.Measure;
import heed.microscope.relevance.Occlusion;
import java.io.IOException;
import java.io.Writer;
import java.util.List;
import java.util.Locale;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.StreamWriteFeature;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** {@code look} as JSON, written as it is made; the README documents its fields. */
final class LookJson {
    private static final ObjectMapper MAPPER =
            JsonMapper.builder()
                    .enable(SerializationFeature.INDENT_OUTPUT)
                    .disable(StreamWriteFeature.AUTO_CLOSE_TARGET)
                    .build();

    private final LookResult result;
    private final JsonGenerator json;

    private LookJson(LookResult result, JsonGenerator json) {
        this.result = result;
        this.json = json;
    }

    static void write(LookAnswer answer, Writer writer) throws IOException {
        try (JsonGenerator json = MAPPER.createGenerator(writer)) {
            new LookJson(answer.result(), json).write(answer);
        }
        writer.write("\n");
    }

    private void write(LookAnswer answer) {
        Look look = result.look();
        json.writeStartObject();
        json.writeStringProperty("model", answer.model());
        json.writeStringProperty("measure", look.measure().name().toLowerCase(Locale.ROOT));
        switch (look.selection()) {
            case Selection.All _ -> {}
            case Selection.OfLayer(int layer) -> json.writeNumberProperty("layer", layer);
            case Selection.OfHead head -> json.writeStringProperty("head", head.toString());
            case Selection.Several heads -> json.writeStringProperty("head", heads.toString());
        }
        json.writeArrayPropertyStart("tokens");
        for (Units.Unit unit : result.units().list()) {
            json.writeString(unit.text());
        }
        json.writeEndArray();
        json.writeArrayPropertyStart("queries");
        for (Focus focus : result.queries()) {
            json.writeStartObject();
            writeToken(focus.query());
            writeTargets(focus.attends());
            json.writeNumberProperty("specialMass", (float) focus.specialMass());
            json.writeNumberProperty("selfMass", (float) focus.selfMass());
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeArrayPropertyStart("heads");
        for (HeadFocus entry : result.heads()) {
            json.writeStartObject();
            json.writeStringProperty("head", entry.head().toString());
            writeToken(entry.query());
            writeTargets(entry.attends());
            json.writeEndObject();
        }
        json.writeEndArray();
        result.shares().ifPresent(this::writeShares);
        answer.check().ifPresent(this::writeCheck);
        json.writeEndObject();
    }

    private void writeToken(int unit) {
        json.writeStringProperty("token", result.token(unit));
        json.writeNumberProperty("index", unit);
    }

    private void writeTargets(List<Focus.Target> targets) {
        json.writeArrayPropertyStart("attends");
        for (Focus.Target target : targets) {
            json.writeStartObject();
            writeToken(target.key());
            json.writeNumberProperty("weight", (float) target.weight());
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    private void writeShares(TextShares.Result shares) {
        json.writeObjectPropertyStart("texts");
        writeNumber("firstToSecond", shares.firstToSecond());
        writeNumber("secondToFirst", shares.secondToFirst());
        json.writeEndObject();
    }

    private void writeCheck(Occlusion.Result check) {
        json.writeObjectPropertyStart("check");
        json.writeStringProperty("replacedBy", check.token());
        json.writeNumberProperty("queries", check.queries());
        for (Measure measure : Measure.values()) {
            Occlusion.Agreement agreement = check.agreements().get(measure);
            if (agreement != null) {
                json.writeObjectPropertyStart(measure.name().toLowerCase(Locale.ROOT));
                writeNumber("spearman", agreement.spearman());
                writeNumber("top1", agreement.top1());
                json.writeEndObject();
            }
        }
        json.writeEndObject();
    }

    /** JSON has no NaN. */
    private void writeNumber(String name, double value) {
        if (Double.isNaN(value)) {
            json.writeNullProperty(name);
        } else {
            json.writeNumberProperty(name, (float) value);
        }
    }
}
