CREATE TABLE ghosts (id UUID);
