CREATE TABLE processed_messages (id uuid PRIMARY KEY);
