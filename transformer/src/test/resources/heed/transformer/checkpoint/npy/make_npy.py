"""Arrays as NumPy writes them. Run in this folder: python make_npy.py (numpy 2)."""

import numpy as np

numbers = (np.arange(12).reshape(2, 3, 2) - 5) / 4
for name in ["f2", "f4", "f8"]:
    np.save(f"{name}.npy", numbers.astype(f"<{name}"))
with open("v2.npy", "wb") as file:
    np.lib.format.write_array(file, numbers.astype("<f4"), version=(2, 0))
np.save("fortran.npy", np.asfortranarray(numbers.astype("<f4")))
np.save("int.npy", np.arange(6))
np.save("big.npy", numbers.astype(">f4"))
np.save("one.npy", np.float32([1.5]))
