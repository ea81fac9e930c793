rootProject.name = "similar"
