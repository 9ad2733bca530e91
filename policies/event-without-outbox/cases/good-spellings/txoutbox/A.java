import com.gruelbox.transactionoutbox.TransactionOutbox;
