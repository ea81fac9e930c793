package heed.app.look;

import heed.microscope.look.LookResult;
import heed.microscope.relevance.Occlusion;
import java.util.Optional;

/**
 * What {@code look} prints.
 *
 * @param model what the user calls the model
 * @param check how far each measure agrees with occlusion, if that was asked for
 */
record LookAnswer(String model, LookResult result, Optional<Occlusion.Result> check) {}
