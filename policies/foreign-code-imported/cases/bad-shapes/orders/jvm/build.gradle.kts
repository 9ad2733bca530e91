dependencies { implementation(project(":billing:core")) }
